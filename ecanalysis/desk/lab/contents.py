"""Notebooks as JupyterLab reads and writes them: whoever only opens one has not changed it.

JupyterLab notes the version of the running Python in each notebook that it opens. Ours are kept without it, since it
differs from machine to machine: it is put in when a notebook is read, and taken out when it is saved.
"""

from platform import python_version

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager


class Contents(AsyncLargeFileManager):
    """The files that JupyterLab shows."""

    async def get(self, *given, **named):
        model = await super().get(*given, **named)
        if known := _language(model):
            known.setdefault("version", python_version())
        return model

    async def save(self, model, *given, **named):
        if known := _language(model):
            known.pop("version", None)
        return await super().save(model, *given, **named)


def _language(model: dict) -> dict | None:
    content = model.get("content") if model.get("type") == "notebook" else None
    return content["metadata"].get("language_info") if content else None
