{{ form_values("t.input > 0", every_period()) }}
