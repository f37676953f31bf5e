"""Your numerical toolbox, one room a phase. Import from the rooms, as in `minigrad.scalar`.

Nothing is imported here, so that an unfinished room never breaks the others.
"""
