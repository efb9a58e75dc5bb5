"""DOMAIN's table "… may …", held against every door: each row of it, each role, own and others' studies."""
