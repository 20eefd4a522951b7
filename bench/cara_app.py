"""CARA as it is served: one process of uvicorn. Settings come from the environment, as in production."""

import uvicorn
from cara.operations.app import create_app
from cara.settings import Settings

if __name__ == "__main__":
    settings = Settings.load()
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_level="warning", access_log=False)
