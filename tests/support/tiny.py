"""The smallest valid study: three trusts, four reports, one to three rows of each other table, a codebook of its own."""

TINY_META = """\
title: Tiny invented study
kind: invented
place: Nowhere in particular
period: 2023-01 to 2023-06
licence: CC0-1.0
ethics_reference:
disclosure_profile: none
codebooks: [own_forms.yml]
counts_as_new: {rule: declared, within_years: 5}
"""

TINY_CODEBOOK = """\
id: own_forms
title: Two forms of boundary act, made up for tests
version: "1"
about: Invented.
licence: CC0-1.0
changes:
  - {version: "1", date: 2023-01-01, change: First version.}
codes:
  - {id: collaborative, name: Collaborative, definition: Two sides widen what they do together.}
  - {id: competitive, name: Competitive, definition: One side defends or claims ground.}
"""

# three trusts in two regions, one of which didn't answer; r4 lacks everything that may be blank
TINY_TABLES = {
    "trusts": """\
trust,name,region,icb,sector,responded,wte
T01,Invented Trust One,Midlands,Invented ICB A,nhs,yes,2400.5
T02,Invented Trust Two,London,Invented ICB B,nhs,yes,3100
T03,Invented Charity Three,,,vcse,no,
""",
    "reports": """\
report,trust,source,title,reported_on,introduced,headcount,wte,band,setting,counted_as_new,rationale
r1,T01,interview,Peer Support Worker (Band 3),2023-02-01,2019,12,9.6,3,community,yes,RAT-PRO
r2,T01,esr,Nursing Associate,2023-03-31,2020-09,5,4.2,4,inpatient,yes,RAT-DEF;RAT-STAFF
r3,T02,questionnaire,Physician Associate,2023-02-14,2021-01-11,2,2,7,inpatient,unsure,
r4,T02,advert,Advanced Clinical Practitioner,2023-05-02,,,,,,,
""",
    "title_decisions": """\
title,role,valid_from,valid_to,decided_by,decided_on,reason
Advanced Clinical Practitioner,advanced_practitioner,,,coder_1,2023-06-01,Former name of the same role
Ward Buddy,,2020-01-01,2022-12-31,coder_1,2023-06-01,A rota duty rather than a role
""",
    "codings": """\
codebook,unit,unit_kind,coder,code,value,coded_on,round
own_forms,s1,segment,coder_1,collaborative,1,2023-06-01,1
own_forms,s1,segment,coder_2,competitive,1,2023-06-02,1
""",
    "segments": """\
segment,team,document,method,start,end,actor_role,target_role,on
s1,A1,interview_01,interview,0,120,peer_support_worker,registered_nurse,2023-04-03
""",
    "teams": """\
team,trust,setting,new_role,introduced
A1,T01,community,peer_support_worker,2019
A2,T02,inpatient,physician_associate,2021-01
""",
    "contexts": """\
unit,unit_kind,indicator,value,measured_on
A1,team,caseload_per_wte,22.5,2023-03-31
T01,trust,vacancy_rate,0.12,2023-03-31
""",
    "people": """\
wave,person,team,role,role_kind,band,responded
1,p1,A1,peer_support_worker,new,3,yes
1,p2,A1,registered_nurse,existing,5,yes
2,p1,A1,peer_support_worker,new,3,no
""",
    "ties": """\
wave,source,target,relation,weight
1,p1,p2,advice,1
1,p2,p1,works_with,2
""",
    "events": """\
event,person,start,end,kind,team
e1,p1,2023-04-03T09:00:00,2023-04-03T09:30:00,handover,A1
e1,p2,2023-04-03T09:00:00,2023-04-03T09:20:00,handover,A1
""",
    "tasks": """\
wave,team,task,role,position
1,A1,care_planning,peer_support_worker,claims
1,A1,care_planning,registered_nurse,does
""",
    "competencies": """\
role,competency,weight
peer_support_worker,shares_lived_experience,1
registered_nurse,gives_medication,0.5
""",
    "outcomes": """\
unit,unit_kind,group,measure,period,value,n
A1,team,service_users,satisfaction,2023-Q1,0.8,40
T01,trust,new_roles,turnover,2023,0.1,17
""",
}
