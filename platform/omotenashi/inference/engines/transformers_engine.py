"""A model in this process: requests of all threads decode together, newcomers join between two tokens."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from omotenashi.errors import FieldError
from omotenashi.inference.engines.batch import Batch
from omotenashi.inference.engines.quantised import quantised
from omotenashi.inference.engines.sequences import Candidate, Pending
from omotenashi.inference.engines.text import TextCodec
from omotenashi.inference.errors import ContextOverflow, EngineFailed, ModelClosed
from omotenashi.inference.presets import Dtype, Preset
from omotenashi.inference.protocols import GenerationRequest, GenerationResult, PromptStyle

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What one engine holds at once."""

    max_rows: int = 64
    """Candidates decoded at once."""
    max_tokens: int = 49_152
    """Rows times the length they can reach: bounds the cache's memory."""
    max_prefill_tokens: int = 4096
    """Prompt tokens, padding included, of one forward call, so that decoding rows never wait long."""
    max_prefix_tokens: int = 8192
    """Tokens of earlier prompts whose keys and values are kept for those that begin alike; 0 is none."""
    gather_seconds: float = 0.004
    """How long an idle engine waits for company of a first request."""


class TransformersModel:
    """Owns the model and one thread that alone touches it."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        model_id: str,
        prompt_style: PromptStyle,
        context_length: int,
        limits: Limits,
    ) -> None:
        # `model` and `tokenizer` are transformers' and untyped.
        self.model_id = model_id
        self.prompt_style = prompt_style
        self.context_length = min(context_length, model.config.max_position_embeddings)
        self.is_on_processor = model.device.type == "cpu"
        self._codec = TextCodec(tokenizer, end_tokens=_end_tokens(model, tokenizer))
        self._batch = Batch(
            model, codec=self._codec, device=model.device, prefix_tokens=limits.max_prefix_tokens
        )
        self._limits = limits
        self._waiting: deque[Pending] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=f"model-{model_id}", daemon=True)
        self._thread.start()

    @classmethod
    def load(cls, preset: Preset, *, folder: Path, torch_threads: int | None = None) -> TransformersModel:
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # a log is no terminal
        if torch_threads:
            torch.set_num_threads(torch_threads)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        # Typed as a plain module, which it is not.
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=_dtype(preset.dtype, device=device),
            attn_implementation="sdpa",
            local_files_only=True,
            use_safetensors=True,
        )
        loaded = model.to(device).eval()
        return cls(
            quantised(loaded) if preset.quantise == "int8" else loaded,
            tokenizer,
            model_id=preset.name,
            prompt_style=preset.prompt_style,
            context_length=preset.context_length,
            limits=Limits(max_rows=preset.max_batch_rows, max_tokens=preset.max_batch_tokens),
        )

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        pendings = [self._pending(request) for request in requests]
        with self._changed:
            if self._is_closed:
                raise ModelClosed(f"{self.model_id} is shut down.")
            self._waiting.extend(pendings)
            self._changed.notify_all()
        try:
            return [pending.future.result() for pending in pendings]
        except BaseException:
            _cancel(pendings)
            raise

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join()

    def _pending(self, request: GenerationRequest) -> Pending:
        pending = Pending(request, prompt=self._codec.prompt_of(request), model_id=self.model_id)
        if pending.longest > self.context_length:
            detail = (
                f"The prompt's {len(pending.prompt)} tokens and max_new_tokens={request.max_new_tokens} "
                f"exceed the {self.context_length} tokens of {self.model_id}: shorten the prompt."
            )
            raise ContextOverflow(detail, errors=[FieldError("context_overflow", detail, "#/prompt")])
        return pending

    @torch.inference_mode()
    def _run(self) -> None:
        while self._has_work():
            try:
                self._turn()
            except Exception as error:  # the thread's edge: whatever it is, those who wait must hear of it
                logger.exception("model %s failed", self.model_id)
                self._fail_rows(EngineFailed(f"{self.model_id} failed while writing: {error}"))
        closed = ModelClosed(f"{self.model_id} was shut down before it answered.")
        self._fail_rows(closed)
        for pending in self._waiting:
            pending.fail(closed)

    def _has_work(self) -> bool:
        """Wait for it; False once closed."""
        with self._changed:
            if not self._batch.rows and not self._waiting:
                self._changed.wait_for(lambda: self._waiting or self._is_closed)
                self._changed.wait_for(lambda: self._is_closed, timeout=self._limits.gather_seconds)
            return not self._is_closed

    def _turn(self) -> None:
        """Let newcomers in where it pays, then one token for all."""
        batch = self._batch
        # Each change of rows copies the cache: worth it for a quarter of them, not for one.
        quarter = len(batch.rows) // 4
        newcomers = self._next_candidates() if self._limits.max_rows - len(batch.live) >= quarter else []
        if newcomers:
            self._admit(newcomers)
        elif len(batch.rows) - len(batch.live) >= max(1, quarter):
            batch.compact()
        if batch.live:
            batch.step()

    def _admit(self, newcomers: Sequence[Candidate]) -> None:
        try:
            self._prefill(list(dict.fromkeys(each.pending for each in newcomers)))
            ready = [each for each in newcomers if not each.is_done]
            if ready:
                self._batch.join(ready)
        except Exception as error:
            for each in newcomers:
                each.pending.fail(EngineFailed(f"{self.model_id} failed to begin: {error}"))
            raise

    def _prefill(self, pendings: Sequence[Pending]) -> None:
        unread = [pending for pending in pendings if pending.prefix is None]
        for group in _groups(unread, max_tokens=self._limits.max_prefill_tokens):
            try:
                self._batch.prefill(group)
            except RuntimeError as error:  # torch's out of memory and its kin: only these prompts suffer
                logger.exception("model %s failed to read prompts", self.model_id)
                for pending in group:
                    pending.fail(EngineFailed(f"{self.model_id} failed to read the prompt: {error}"))

    def _next_candidates(self) -> list[Candidate]:
        """One candidate of each waiting request in turn, as many as there is room for."""
        taken: list[Candidate] = []
        live = self._batch.live
        longest = max((row.pending.longest for row in live), default=0)
        with self._changed:
            while self._waiting and len(live) + len(taken) < self._limits.max_rows:
                pending = self._waiting[0]
                longest = max(longest, pending.longest)
                rows = len(live) + len(taken) + 1
                if rows > 1 and rows * longest > self._limits.max_tokens:
                    break
                self._waiting.popleft()
                if pending.has_more:
                    taken.append(pending.start_next())
                if pending.has_more:
                    self._waiting.append(pending)
        return taken

    def _fail_rows(self, error: Exception) -> None:
        """Nobody knows what the cache holds now: all rows end, and the next start afresh."""
        for row in self._batch.rows:
            row.pending.fail(error)
        self._batch.compact()


def _cancel(pendings: Sequence[Pending]) -> None:
    for pending in pendings:
        pending.future.cancel()


def _groups(pendings: Sequence[Pending], *, max_tokens: int) -> list[list[Pending]]:
    """Prompts of like length together, each group padded within the limit."""
    groups: list[list[Pending]] = []
    for pending in sorted(pendings, key=lambda each: len(each.prompt)):
        fits = groups and (len(groups[-1]) + 1) * len(pending.prompt) <= max_tokens
        if fits:
            groups[-1].append(pending)
        else:
            groups.append([pending])
    return groups


def _end_tokens(model: Any, tokenizer: Any) -> set[int]:
    configured = model.generation_config.eos_token_id
    ends = configured if isinstance(configured, list) else [configured]
    return {token for token in (*ends, tokenizer.eos_token_id) if token is not None}


def _dtype(wanted: Dtype, *, device: torch.device) -> torch.dtype:
    """bfloat16 on hardware that computes in it; elsewhere it is emulated and slower than float32."""
    if wanted != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[wanted]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    # Private, and the only way torch tells.
    has_bfloat16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if has_bfloat16 else torch.float32
