"""Match: from the distance of two vectors to the probability that they show the same.

Every Match of the app comes from here: `calibration` has the curves that are shipped, `current_curve` the ones in force
in a library, and `evidence` applies them to two faces. A search multiplies the Match of its terms (`search.ranking`).
"""
