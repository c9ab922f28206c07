"""Taking spreadsheets in: upload, columns, preview, decisions, writing; what can be taken in, the rooms register.

`intake` keeps the file and finds its columns, `preview` reads the lines and has the kind judge them, `writing`
asks the same rules again and writes; `work` is what the background worker calls.
"""
