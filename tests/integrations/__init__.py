"""The adapters against the sandbox's services, over real sockets and with the services' own clients."""
