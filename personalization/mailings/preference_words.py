"""The words of the preference page, in the recipient's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from omotenashi.accounts.models import Workspace
from personalization.mailings.engine.liquid import babel_locale
from personalization.mailings.engine.locales import nearest
from personalization.mailings.engine.preferences import Frequency, MailKind


@dataclass(frozen=True)
class PreferenceWords:
    """`{shop}` in the title becomes the shop's name; `kinds` name and describe what a reader may choose."""

    title: str
    address: str
    kinds_question: str
    kinds: Mapping[MailKind, tuple[str, str]]
    frequency_question: str
    frequencies: Mapping[Frequency, str]
    language: str
    save: str
    saved: str
    leave: str
    leave_button: str


N, O, P, R = MailKind.NEWS, MailKind.OFFERS, MailKind.PICKS, MailKind.REMINDERS  # noqa: E741
ANY, WEEKLY, MONTHLY = Frequency.ANY, Frequency.WEEKLY, Frequency.MONTHLY

WORDS = {
    "en": PreferenceWords(
        title="Your mail from {shop}",
        address="We write to",
        kinds_question="What would you like to read?",
        kinds={
            N: ("News and stories", "What is new in the shop, and what is behind it."),
            O: ("Offers", "Sales and reduced prices."),
            P: ("Chosen for you", "Products that go with what you like."),
            R: ("Time to buy again", "A reminder when something may be running out."),
        },
        frequency_question="How often?",
        frequencies={ANY: "Whenever there is something", WEEKLY: "Once a week at most",
                     MONTHLY: "Once a month at most"},
        language="In which language?",
        save="Save",
        saved="Saved. It counts from now on.",
        leave="Or would you rather hear nothing more from us?",
        leave_button="Unsubscribe from everything",
    ),
    "de": PreferenceWords(
        title="Post von {shop} nach Wunsch",
        address="Wir schreiben an",
        kinds_question="Worum soll es gehen?",
        kinds={
            N: ("Neues und Geschichten", "Was neu im Laden ist und was dahintersteckt."),
            O: ("Angebote", "Aktionen und reduzierte Preise."),
            P: ("Persönlich ausgesucht", "Produkte nach dem eigenen Geschmack."),
            R: ("Zeit zum Nachkaufen", "Eine Erinnerung, wenn etwas zur Neige gehen könnte."),
        },
        frequency_question="Wie oft?",
        frequencies={ANY: "Immer, wenn es etwas gibt", WEEKLY: "Höchstens einmal in der Woche",
                     MONTHLY: "Höchstens einmal im Monat"},
        language="In welcher Sprache?",
        save="Speichern",
        saved="Gespeichert. Es gilt ab sofort.",
        leave="Oder gar keine Post mehr?",
        leave_button="Von allem abmelden",
    ),
    "ja": PreferenceWords(
        title="{shop}からのお便りの設定",
        address="お届け先：",
        kinds_question="お受け取りになるお便り",
        kinds={
            N: ("お知らせと読みもの", "新しい品々や、その背景にある物語をお届けします。"),
            O: ("お得なご案内", "セールや値下げのお知らせです。"),
            P: ("あなたへのおすすめ", "お好みに合いそうな品をお選びします。"),
            R: ("お買い足しのご案内", "そろそろなくなりそうな頃にお知らせします。"),
        },
        frequency_question="お届けの頻度",
        frequencies={ANY: "ご案内があるたび", WEEKLY: "多くても週に1通", MONTHLY: "多くても月に1通"},
        language="お便りの言語",
        save="保存する",
        saved="保存しました。ただいまから反映されます。",
        leave="すべての配信を停止される場合はこちら",
        leave_button="すべての配信を停止する",
    ),
    "fr": PreferenceWords(
        title="Votre courrier de {shop}",
        address="Nous écrivons à",
        kinds_question="Que souhaitez-vous lire ?",
        kinds={
            N: ("Nouveautés et récits", "Ce qui arrive en boutique, et l’histoire derrière."),
            O: ("Offres", "Promotions et prix réduits."),
            P: ("Choisi pour vous", "Des produits qui vont avec ce que vous aimez."),
            R: ("Le moment de racheter", "Un rappel quand quelque chose pourrait venir à manquer."),
        },
        frequency_question="À quel rythme ?",
        frequencies={ANY: "Chaque fois qu’il y a du nouveau", WEEKLY: "Une fois par semaine au plus",
                     MONTHLY: "Une fois par mois au plus"},
        language="Dans quelle langue ?",
        save="Enregistrer",
        saved="C’est enregistré, avec effet immédiat.",
        leave="Ou préférez-vous ne plus rien recevoir de nous ?",
        leave_button="Me désabonner de tout",
    ),
    "es": PreferenceWords(
        title="Su correo de {shop}",
        address="Escribimos a",
        kinds_question="¿Qué le gustaría leer?",
        kinds={
            N: ("Novedades e historias", "Lo nuevo de la tienda y lo que hay detrás."),
            O: ("Ofertas", "Promociones y precios rebajados."),
            P: ("Elegido para usted", "Productos que van con lo que le gusta."),
            R: ("Hora de reponer", "Un aviso cuando algo pueda estar acabándose."),
        },
        frequency_question="¿Con qué frecuencia?",
        frequencies={ANY: "Siempre que haya algo", WEEKLY: "Una vez a la semana como máximo",
                     MONTHLY: "Una vez al mes como máximo"},
        language="¿En qué idioma?",
        save="Guardar",
        saved="Guardado. Vale desde ahora mismo.",
        leave="¿O prefiere no recibir nada más de nosotros?",
        leave_button="Darme de baja de todo",
    ),
    "ar": PreferenceWords(
        title="رسائلكم من {shop}",
        address="نكتب إلى",
        kinds_question="ماذا تودّون أن تقرؤوا؟",
        kinds={
            N: ("أخبار وحكايات", "جديد المتجر وما وراءه."),
            O: ("عروض", "تخفيضات وأسعار مخفّضة."),
            P: ("مختارات لكم", "منتجات تناسب ما تحبّونه."),
            R: ("حان وقت الشراء من جديد", "تذكير عندما يوشك شيء على النفاد."),
        },
        frequency_question="كم مرّة؟",
        frequencies={ANY: "كلّما كان هناك جديد", WEEKLY: "مرّة في الأسبوع على الأكثر",
                     MONTHLY: "مرّة في الشهر على الأكثر"},
        language="بأيّ لغة؟",
        save="حفظ",
        saved="تمّ الحفظ، ويسري من الآن.",
        leave="أم تفضّلون ألّا تصلكم أيّ رسالة منّا؟",
        leave_button="إلغاء الاشتراك في كلّ الرسائل",
    ),
}  # fmt: skip


def languages_of(workspace: Workspace, *, reader: str) -> list[tuple[str, str, bool]]:
    """Tag, its own name for itself, and whether it is the reader's: the languages that the shop writes."""
    tags = list(dict.fromkeys([*workspace.locales, workspace.default_locale]))
    nearest_tag = nearest({tag: tag for tag in tags}, locale=reader) or workspace.default_locale
    return [(tag, _own_name(tag), tag == nearest_tag) for tag in tags]


def _own_name(tag: str) -> str:
    name = babel_locale(tag).get_display_name()
    return f"{name[0].upper()}{name[1:]}" if name else tag
