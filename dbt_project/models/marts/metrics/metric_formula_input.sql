{{ form_values("t.input > 0", "select * from " ~ ref('metric_touched')) }}
