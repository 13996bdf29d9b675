"""The words of the unsubscribe page, in the recipient's language.

The German ones say neither "du" nor "Sie": the letter they come from says one of them.
"""

from dataclasses import dataclass

from personalization.mailings.engine.locales import nearest


@dataclass(frozen=True)
class UnsubscribeWords:
    """`{shop}` in the title becomes the shop's name; the address stands between before and after."""

    title: str
    question_before: str
    question_after: str
    button: str
    stay: str
    done: str
    done_before: str
    done_after: str
    back: str
    less: str


WORDS = {
    "en": UnsubscribeWords(
        title="Mail from {shop}",
        question_before="We write to",
        question_after="Would you rather we did not?",
        button="Unsubscribe",
        stay="To stay on the list, simply close this page.",
        done="Unsubscribed",
        done_before="We will not write to",
        done_after="again. Thank you for having read us.",
        back="Visit the shop",
        less="Fewer mails instead",
    ),
    "de": UnsubscribeWords(
        title="Post von {shop}",
        question_before="Wir schreiben an",
        question_after="Sollen wir damit aufhören?",
        button="Abmelden",
        stay="Für weitere Post genügt es, diese Seite zu schließen.",
        done="Abgemeldet",
        done_before="Wir schreiben nicht mehr an",
        done_after="und danken fürs Lesen.",
        back="In den Laden",
        less="Lieber weniger Post",
    ),
    "ja": UnsubscribeWords(
        title="{shop}からのお便り",
        question_before="お届け先：",
        question_after="配信を停止しますか？",
        button="配信を停止する",
        stay="引き続きお受け取りになる場合は、このページを閉じてください。",
        done="配信を停止しました",
        done_before="お届け先：",
        done_after="今後お便りはお送りしません。これまでお読みいただき、ありがとうございました。",
        back="お店を見る",
        less="お便りの種類や頻度を変える",
    ),
    "fr": UnsubscribeWords(
        title="Courrier de {shop}",
        question_before="Nous écrivons à",
        question_after="Préférez-vous ne plus rien recevoir ?",
        button="Me désabonner",
        stay="Pour continuer à nous lire, fermez simplement cette page.",
        done="Désabonnement effectué",
        done_before="Nous n’écrirons plus à",
        done_after="Merci de nous avoir lus.",
        back="Visiter la boutique",
        less="Plutôt moins de courrier",
    ),
    "es": UnsubscribeWords(
        title="Correo de {shop}",
        question_before="Escribimos a",
        question_after="¿Prefiere no recibir más correo?",
        button="Darme de baja",
        stay="Para seguir recibiéndolo, cierre esta página.",
        done="Baja confirmada",
        done_before="No volveremos a escribir a",
        done_after="Gracias por habernos leído.",
        back="Visitar la tienda",
        less="Prefiero menos correo",
    ),
    "ar": UnsubscribeWords(
        title="رسائل من {shop}",
        question_before="نكتب إلى",
        question_after="هل تفضّلون أن نتوقّف؟",
        button="إلغاء الاشتراك",
        stay="للبقاء في القائمة، أغلقوا هذه الصفحة فحسب.",
        done="تمّ إلغاء الاشتراك",
        done_before="لن نكتب بعد الآن إلى",
        done_after="شكرًا لأنّكم قرأتم رسائلنا.",
        back="زيارة المتجر",
        less="رسائل أقلّ بدلًا من ذلك",
    ),
}


def language_of(locale: str) -> str:
    """The language that our pages speak to a reader of this locale."""
    return nearest({language: language for language in WORDS}, locale=locale) or "en"
