        if isinstance(column.type, mysql.SET):
            code = code.replace("str", "{{ 'Any' if layer == 'core' else 'set[str]' }}")
{% if layer == 'core' %}
        if isinstance(column.type, sa.DECIMAL | sa.FLOAT | sa.DOUBLE):
            code = re.sub(r"decimal\.Decimal|float", "decimal.Decimal | float", code)
{% endif %}
