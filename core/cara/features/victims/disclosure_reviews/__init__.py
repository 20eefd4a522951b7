"""The disclosure review: what somebody disclosed between the workshops is looked at by police and the course's side, and police
decide whether workshop B takes place. Nothing of it reaches the person on the course or the facilitator but a hold."""
