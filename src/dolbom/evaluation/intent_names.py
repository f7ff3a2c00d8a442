"""What files of other hands call the intents: "help" or "sos" for emergency, "taken" for medicine_taken."""

from __future__ import annotations

import re
from collections.abc import Collection

_NAMES: dict[str, str] = {
    "emergency": "help sos call_help call_for_help help_me ask_help need_help distress danger urgent rescue"
    " fall fallen fell faint breathing chest_pain bleeding fire gas gas_leak intruder stroke choking suicide self_harm"
    " emergency_call call_emergency call_ambulance ambulance call_119 119 call_911 911 accident injury injured panic",
    "fine": "i_am_fine im_fine okay ok i_am_okay im_okay all_right alright not_hurt no_help no_help_needed safe"
    " false_alarm well no_problem fine_answer cancel_alarm stand_down",
    "yes": "affirm affirmative agree agreed confirm confirmation accept positive y true yeah",
    "no": "deny negative disagree reject decline n false nope refuse_offer",
    "stop": "cancel quit halt quiet silence be_quiet shut_up enough abort end stop_talking pause mute",
    "medicine_taken": "taken took took_medicine medication_taken med_taken meds_taken medicine_done dose_taken"
    " pill_taken pills_taken already_taken took_pills took_medication medicine_yes drug_taken",
    "medicine_not_taken": "not_taken medication_not_taken not_taken_medicine med_not_taken meds_not_taken"
    " dose_not_taken medicine_not_yet not_yet_taken medicine_missed missed_dose dose_missed medicine_forgotten"
    " forgot_medicine not_yet medicine_no didnt_take",
    "medicine_refused": "refuse refused refusal refuse_medicine medicine_refuse medication_refused dose_refused"
    " refuse_medication wont_take will_not_take",
    "medicine_what": "medicine_question medicine_query which_medicine what_medicine ask_medicine medicine_info"
    " medication_question medicine_when medicine_ask",
    "medicine_unsure": "medicine_unknown unsure not_sure medicine_maybe did_i_take medication_unsure dose_unknown"
    " medicine_uncertain",
    "medicine_will_take": "will_take medicine_now taking medicine_later_take going_to_take medicine_will_do take_now",
    "meal_eaten": "ate eaten meal_yes meal_done had_meal meal_taken",
    "meal_not_eaten": "not_eaten meal_no hungry meal_skipped no_meal did_not_eat no_appetite",
    "slept_well": "sleep_good sleep_well good_sleep",
    "slept_badly": "sleep_bad slept_bad slept_poorly bad_sleep sleep_poor insomnia",
    "mood_good": "happy good_mood feeling_good mood_happy mood_positive",
    "mood_bad": "sad bad_mood feeling_bad depressed mood_sad mood_negative unhappy mood_low",
    "grief": "bereavement mourning death_in_family bereaved loss",
    "lonely": "loneliness miss_family alone",
    "pain": "hurt ache report_pain symptom unwell discomfort body_pain sick",
    "going_out": "go_out outing leaving leave_home leave outing_yes",
    "staying_in": "stay_in stay_home not_going_out staying_home outing_no",
    "coming_home": "came_home back_home im_home returned return_home i_am_home arrived",
    "time": "ask_time what_time time_query time_question get_time clock",
    "date": "ask_date what_day day date_query get_date weekday today date_question",
    "weather": "ask_weather weather_query weather_question get_weather forecast",
    "call_family": "call_daughter call_son phone_family call phone_call call_person contact_family make_call",
    "call_centre": "call_center call_care_worker call_carer call_social_worker call_nurse call_staff contact_centre"
    " contact_center call_caregiver",
    "play_game": "game games start_game quiz play",
    "exercise": "start_exercise workout stretching gymnastics do_exercise",
    "music": "play_music song play_song sing music_play",
    "turn_on": "light_on tv_on lights_on device_on switch_on on power_on turn_on_light turn_on_tv",
    "turn_off": "light_off tv_off lights_off device_off switch_off off power_off turn_off_light turn_off_tv",
    "come_here": "come come_closer come_to_me approach come_over",
    "camera_off": "turn_off_camera stop_camera dont_look privacy_on camera_stop no_camera",
    "camera_on": "turn_on_camera start_camera privacy_off camera_start",
    "forget_that": "forget forget_it delete_memory erase forget_this delete_that",
    "what_remembered": "what_do_you_remember recall memory_query show_memory what_you_know memory what_remember",
    "remember_this": "remember save note memorize memorise store remember_that remember_it",
    "schedule": "calendar appointment appointments agenda plan plans ask_schedule schedule_query",
    "lost": "where_am_i confused go_home disoriented want_home want_to_go_home where orientation location",
    "repeat": "again say_again repeat_that pardon what_did_you_say once_more repeat_please",
    "slower": "slow speak_slower slow_down speak_slowly",
    "louder": "volume_up speak_louder speak_up cannot_hear cant_hear",
    "quieter": "volume_down speak_quieter softer too_loud",
    "later": "snooze postpone not_now remind_later wait remind_me_later defer delay medicine_later in_a_minute snoozed",
    "who_are_you": "your_name name identity who about_you ask_name",
    "greeting": "greet hello hi good_morning greetings welcome",
    "thanks": "thank thank_you gratitude appreciate",
    "goodbye": "bye good_night farewell goodnight see_you",
    "small_talk": "chat smalltalk chitchat chit_chat bored talk conversation joke story tell_story companionship",
    "none": "unrelated other others unknown out_of_scope oos null no_intent irrelevant tv television background noise"
    " nothing ignore not_addressed other_speech everyday n_a na",
}  # fmt: skip
_OTHERS = {other: name for name, others in _NAMES.items() for other in others.split()}


def intent_named(name: str, known: Collection[str]) -> str | None:
    """The intent that a name means: "SOS" → "emergency", "Medication taken" → "medicine_taken".

    Args:
        name: as it stands in a file; empty means "none".
        known: the intents that there are, without "none".

    Returns:
        One of `known` or "none"; None for a name that means neither.
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.strip().lower().replace("'", "")).strip("_")
    if not name.strip():
        return "none"
    for one in (plain, plain.removeprefix("intent_"), plain.removesuffix("_intent")):
        if one in known or one == "none":
            return one
        other = _OTHERS.get(one)
        if other in known or other == "none":
            return other
    return None
