{% if database != 'sqlite' %}
from {{ package_name }}.config import Settings
from {{ package_name }}.engine import make_engine
{% endif %}
from {{ package_name }}.retry import OutcomeUnknownError
{% if layer == 'orm' %}
from {{ package_name }}.session import {{ session_imports[session] }}
{% endif %}
