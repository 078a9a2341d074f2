"""What verdicts and reasons mean, in plain words."""

from __future__ import annotations

from tracker.pages import gettext as _
from tracker.sharers import file_code
from tracker.store import Row


def name_sharer(row: Row, file: str = "") -> str:
    """What staff call a sharer: an origin's name, an approved pseudonym, or a file's code.

    `file` is this page's word for a file, from whoever names many at once.
    """
    name = row.get("name") or row.get("pseudonym")
    return str(name) if name else f"{file or _('Dossier')} {file_code(row['sharer'])}"


def explain_verdict(verdict: str) -> tuple[str, str]:
    """(short name, why) of a visit's verdict."""
    words = {
        "human": (_("Une personne"), _("Elle compte. C’est tout l’intérêt.")),
        "bot": (_("Un robot"), _("Il s’est annoncé, ou n’a pas dit qui il était. Les gens, eux, ont un navigateur.")),
        "preview": (_("Une carte"), _("WhatsApp et les autres viennent dessiner l’aperçu du lien, avant les gens.")),
        "prefetch": (_("Trop tôt"), _("Le navigateur a préparé la page avant que quelqu’un la demande.")),
        "repeat": (_("Déjà vu"), _("Le même visiteur, par le même lien, dans les 24 heures.")),
        "returning": (_("Une vieille connaissance"), _("Quelqu’un de déjà compté, qui revient.")),
        "self": (_("Son propre lien"), _("La personne a suivi son lien à elle. Cela se comprend.")),
        "staff": (_("Nous"), _("Un navigateur connecté à cette page. Vous, par exemple.")),
        "throttled": (
            _("Trop vite"),
            _("Une rafale venue d’un seul endroit : un flot, ou un antivirus qui ouvre tous les liens d’un message."),
        ),
    }
    return words.get(verdict, (verdict, ""))


def explain_notice(verdict: str) -> str:
    """Why a notification of the donation platform changed nothing, or what it did."""
    words = {
        "recorded": _("Enregistrée"),
        "known": _("Déjà connue : la plateforme se répète"),
        "ignored": _("Pas pour nous : ni don, ni remboursement"),
        "bad_signature": _("Signature fausse ou absente : ce n’était peut-être pas la plateforme"),
        "stale_time": _("Trop vieille de plus de cinq minutes : rejouée, ou l’horloge de la plateforme se trompe"),
        "wrong_currency": _("Dans une autre monnaie que celle de la campagne"),
        "amount_not_positive": _("Montant nul ou négatif"),
        "absurd_amount": _("Montant absurde : au-dessus de 100 000, à saisir à la main si c’est vrai"),
        "malformed_body": _("Message illisible"),
        "bad_amount": _("Montant illisible"),
        "body_too_large": _("Message trop long"),
        "not_understood": _("Authentique, mais illisible : gardée 30 jours, à relire avec « invoke gifts replay »"),
        "differs": _("Don déjà connu, redit avec un autre montant : à comparer avec la plateforme"),
        "not_paid_yet": _("Pas encore payé : la plateforme le redira"),
        "not_one_payment": _("Paiement sans numéro, réglé ailleurs : pas compté, à importer de l’export"),
        "not_a_monthly_gift": _("Une facture, mais pas d’un don mensuel : pas comptée"),
        "waits": _("Paiement mensuel dont nous n’avons pas vu le début : il attend, sans compter"),
        "only_an_inquiry": _("Simple question de la banque : l’argent n’a pas bougé"),
        "another_form": _("Un autre formulaire : adhésion, billet, boutique"),
        "unknown_sender": _("Venue d’une adresse qui n’est pas celle de la plateforme"),
        "not_found": _("La plateforme, interrogée, ne connaît pas ce paiement"),
        "platform_unreachable": _("La plateforme, interrogée, n’a pas répondu : elle redira"),
    }
    return words.get(verdict, verdict)


def name_entry(kind: str) -> str:
    """What an entry of the ledger is."""
    words = {
        "gift": _("Don"),
        "refund": _("Remboursement"),
        "dispute": _("Contestation"),
        "dispute_won": _("Contestation gagnée"),
        "reversal": _("Annulation"),
        "correction": _("Correction par l’équipe"),
    }
    return words.get(kind, kind)


def name_deed(deed: str) -> str:
    """What somebody of staff did to a gift."""
    words = {
        "credit": _("crédité à"),
        "nobody": _("crédité à personne"),
        "correction": _("corrigé"),
        "gift": _("saisi à la main"),
    }
    return words.get(deed, deed)


def name_conversion(kind: str) -> str:
    return {"gift": _("Dons")}.get(kind, kind)
