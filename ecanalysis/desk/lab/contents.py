"""How JupyterLab reads and writes notebooks, so that a notebook that is only opened does not change.

JupyterLab records the running Python's version in each notebook it opens. It differs between machines, so it is added
when a notebook is read and removed when it is saved.
"""

from platform import python_version

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager


class Contents(AsyncLargeFileManager):
    """The contents manager of JupyterLab."""

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
