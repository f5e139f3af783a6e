"""HTTP: translate, call the pipeline, render. Read `app.py` for the routes, then `openai_chat.py`."""
