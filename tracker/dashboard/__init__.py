"""The marketers' dashboard."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

blueprint = Blueprint("dashboard", __name__, url_prefix="/staff")


@blueprint.get("/")
def overview() -> ResponseReturnValue:
    return render_template("dashboard/overview.html")
