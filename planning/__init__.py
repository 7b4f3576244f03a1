"""Planning: one yearly target divided over months, units and people, beside what each of them has
done so far.
"""
