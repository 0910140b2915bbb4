"""The paper rebuilt, one module a table or figure: measured from the code, printed beside the paper's.

A part has ``measure(context) -> dict`` (plain JSON values, kept in the output folder) and
``render(result) -> str`` (its section of the document, Markdown); `parts` lists them, `document` strings them
together. Source: Abbas & Abdulmunim 2023.
"""
