{{ form_values("t.input > 0") }}
