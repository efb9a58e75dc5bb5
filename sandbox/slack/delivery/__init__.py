"""How payloads reach the app: over Socket Mode or signed HTTP."""
