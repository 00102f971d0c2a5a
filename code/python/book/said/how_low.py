"""How low can it go?"""

SAYS: list[str] = []
READ: list[str] = []
