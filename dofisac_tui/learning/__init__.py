"""Learning from votes.

voted_pairs, pair_sample -> curve_fitting -> cross_validation -> curve_selection, radius_tuning -> retrain | estimates |
agreement | review_groups -> review_candidates -> review_questions -> review_queue | membership_confidence ->
merge_candidates | score_prediction
"""
