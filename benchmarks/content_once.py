"""The reference: the same model asked once for the whole draft, with one good prompt, greedy enough to be its best."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from omotenashi.inference import registry
from omotenashi.inference.protocols import GenerationRequest, LanguageModel, Message

Row = dict[str, Any]  # Any: a line of JSON

_SHOWN = {
    "en": ("Product: Oak breakfast tray. Facts: material: oak; length: 50 cm; width: 35 cm. Keyphrase: oak breakfast tray.",
           "Title: Oak Breakfast Tray, 50 cm\nMeta description: An oak breakfast tray, 50 cm long and 35 cm wide, for slow mornings in bed. Wipe it with a damp cloth and it is ready for the next day.\nText: An oak breakfast tray for slow mornings. It is made of oak and measures 50 cm by 35 cm, so there is room for a pot and two cups."),
    "de": ("Produkt: Frühstückstablett. Fakten: Material: Eiche; Länge: 50 cm; Breite: 35 cm. Keyphrase: Frühstückstablett Eiche.",
           "Title: Frühstückstablett aus Eiche, 50 cm\nMeta description: Ein Frühstückstablett aus Eiche, 50 cm lang und 35 cm breit, für langsame Morgen im Bett. Feucht abwischen, fertig.\nText: Ein Frühstückstablett aus Eiche für langsame Morgen. Es ist 50 cm lang und 35 cm breit, da passen eine Kanne und zwei Tassen."),
    "fr": ("Produit : plateau de petit-déjeuner. Faits : matière : chêne; longueur : 50 cm; largeur : 35 cm. Keyphrase : plateau en chêne.",
           "Title: Plateau en chêne, 50 cm\nMeta description: Un plateau en chêne de 50 cm de long et 35 cm de large pour les matins lents au lit. Un coup de chiffon suffit.\nText: Un plateau en chêne pour les matins lents. Il mesure 50 cm de long et 35 cm de large."),
    "es": ("Producto: bandeja de desayuno. Datos: material: roble; largo: 50 cm; ancho: 35 cm. Keyphrase: bandeja de roble.",
           "Title: Bandeja de roble, 50 cm\nMeta description: Una bandeja de roble de 50 cm de largo y 35 cm de ancho para mañanas lentas en la cama. Basta con pasar un paño.\nText: Una bandeja de roble para mañanas lentas. Mide 50 cm de largo y 35 cm de ancho."),
    "ja": ("商品:オークのトレー。素材:オーク、長さ:50cm、幅:35cm。Keyphrase:オーク トレー。",
           "Title: オークのトレー 50cm\nMeta description: オークのトレーです。長さ50cm、幅35cm。ゆっくりした朝に、ベッドでの朝食に使えます。お手入れは布で拭くだけです。\nText: オークのトレーです。長さは50cm、幅は35cmで、ポットとカップが二つ置けます。"),
}  # fmt: skip


def ask_once(briefs: Sequence[Row]) -> Iterator[Row]:
    by_preset: dict[str, list[Row]] = {}
    for brief in briefs:
        by_preset.setdefault(registry.preset_for(brief["locale"]), []).append(brief)
    for preset, group in by_preset.items():
        model = registry.language_model(preset)
        for brief, result in zip(group, model.generate([_request(b, model) for b in group]), strict=True):
            fields = _fields(brief, result.completions[0].text)
            yield {"id": brief["id"], "preset": preset, "fields": fields, "tokens": result.completions[0].tokens}


def _request(brief: Row, model: LanguageModel) -> GenerationRequest:
    shown, answer = _SHOWN.get(brief["locale"].split("-")[0], _SHOWN["en"])
    asked = _asked(brief)
    settings: dict[str, Any] = {"max_new_tokens": 320, "temperature": 0.3, "seed": 7}  # Any: request settings
    if model.prompt_style == "chat":
        system = (
            "You write shop copy from facts only. Answer with the lines Title:, Meta description: and Text:. "
            "Invent nothing: no number, material, colour or promise that is not in the facts."
        )
        turns = (Message("system", system), Message("user", shown), Message("assistant", answer), Message("user", asked))
        return GenerationRequest(messages=turns, **settings)
    return GenerationRequest(prompt=f"{shown}\n{answer}\n\n{asked}\nTitle:", stop=("\n\n",), **settings)


def _asked(brief: Row) -> str:
    facts = "; ".join(
        f"{p['title']}: " + "; ".join(f"{name}: {value}" for name, value in p["facts"].items())
        for p in brief["products"]
    )
    length = brief.get("length") or {}
    size = f" Length of the text: {length['min']} to {length['max']} {length['unit']}." if length else ""
    kind = brief["content_type"].replace("_", " ")
    return f"{kind.capitalize()}. Facts: {facts}. Keyphrase: {brief['keyphrase']}.{size}"


def _fields(brief: Row, text: str) -> dict[str, str]:
    whole = text if text.lstrip().startswith("Title:") else f"Title:{text}"
    found = dict(re.findall(r"(?ms)^\s*(Title|Meta description|Text):\s*(.*?)(?=^\s*(?:Title|Meta description|Text):|\Z)", whole))
    body, title = found.get("Text", "").strip(), found.get("Title", "").strip()
    main = {"social_post": "post", "social_post_instagram": "post", "newsletter": "body"}
    name = main.get(brief["content_type"], "body_markdown")
    if name != "body_markdown":
        return {name: body, **({"subject": title} if name == "body" else {})}
    slug = re.sub(r"[^\w]+", "-", title.lower()).strip("-")
    return {"title": title, "meta_description": found.get("Meta description", "").strip(), "slug": slug, name: body}
