"""What pages ask beside the forms of the casebook, one module for each part of the menu.

`fields` holds the kinds of fields they share. A form reads what was typed and says what is wrong with it; it stores
nothing.
"""
