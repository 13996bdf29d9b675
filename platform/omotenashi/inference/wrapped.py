"""A language model that stands for another: all but `generate` is passed on."""

from omotenashi.inference.protocols import LanguageModel, PromptStyle


class WrappedModel:
    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @property
    def model_id(self) -> str:
        return self._model.model_id

    @property
    def prompt_style(self) -> PromptStyle:
        return self._model.prompt_style

    @property
    def context_length(self) -> int:
        return self._model.context_length

    def close(self) -> None:
        self._model.close()
