"""The invented country stands, on both engines."""


def test_everybody_gets_their_first_page(as_person, record_count):
    from synthetic.people import PEOPLE

    bad = []
    for key in PEOPLE:
        answer = as_person(key).get("/home")
        if answer.status_code != 303 or "/sign-in" in answer.headers["location"]:
            bad.append((key, answer.status_code, answer.text[:500]))
    record_count("first page after sign-in", len(PEOPLE), bad)
