"""What can go wrong with presets, pulls and models, each with its remedy."""

from omotenashi.errors import Conflict, InvalidInput, OmotenashiError, Unavailable


class UnknownPreset(InvalidInput):
    code, title = "unknown_preset", "No such preset"


class InvalidPreset(OmotenashiError):
    code, title = "invalid_preset", "A preset's configuration is not valid"


class ModelNotPulled(OmotenashiError):
    code, status, title = "model_not_pulled", 503, "The model is not on this machine yet"

    def __init__(self, name: str) -> None:
        super().__init__(f"The model {name} is not pulled: run `python manage.py models pull {name}`.")


class PullFailed(Unavailable):
    code, title = "pull_failed", "The model could not be fetched"


class ChecksumMismatch(Conflict):
    code, title = "checksum_mismatch", "The model's file is not the one that was pinned"


class ContextOverflow(InvalidInput):
    code, title = "context_overflow", "The prompt does not fit the model"


class ModelClosed(Unavailable):
    code, title = "model_closed", "The model was shut down"


class EndpointFailed(Unavailable):
    code, title = "endpoint_failed", "The language model's server did not answer as it should"


class EngineFailed(Unavailable):
    code, title = "engine_failed", "The model failed while writing"


class EmbedderUnavailable(Unavailable):
    code, title = "embedder_unavailable", "Texts cannot be turned into vectors here"
