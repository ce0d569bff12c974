"""Code lists that two or more forms share. A released code never changes its meaning; a new meaning is a new code."""

from __future__ import annotations

from forms.items import CodeList

TOXICITIES = CodeList(
    "toxicities",
    {
        "crs": "Cytokine release syndrome (CRS)",
        "icans": "Neurotoxicity (ICANS)",
        "carhlh": "HLH-like toxicity (carHLH, IEC-HS)",
        "thrombocytopenia": "Prolonged refractory thrombocytopenia",
        "late_systemic": "Late isolated systemic toxicity without fever or hypotension",
        "tian": "Tumor inflammation-associated neurotoxicity (TIAN)",
        "other": "Other toxicity",
    },
)

ADJUDICATED_AS = CodeList(
    "adjudicated_as",
    {
        **TOXICITIES.labels,
        "infection": "Infection",
        "disease": "The disease itself",
        "none": "None of these",
    },
)

DEFINITIONS = CodeList(
    "definitions",
    {
        "astct_2019": "ASTCT 2019 (CRS, ICANS)",
        "tian_2023": "TIAN",
        "hlh_2004": "HLH-2004",
        "cartox_2018": "CARTOX 2018",
        "nci_carhlh": "NCI carHLH",
        "hines_2021": "St. Jude carHLH 2021",
        "iec_hs_2023": "IEC-HS 2023",
        "ctcae_v5": "CTCAE version 5",
        "ctcae_v6": "CTCAE version 6",
        "local": "The site's own definition",
    },
)

CTCAE_VERSIONS = CodeList("ctcae_versions", {"v5": "CTCAE version 5", "v6": "CTCAE version 6"})

ANAKINRA_ROUTES = CodeList(
    "anakinra_routes",
    {
        "sc": "Subcutaneous",
        "iv_bolus": "IV bolus",
        "iv_intermittent": "IV intermittent (short infusion)",
        "iv_continuous": "IV continuous infusion",
        "iv_loading_bolus": "IV loading bolus",
    },
)

INDICATIONS = CodeList(
    "indications",
    {
        "crs": "CRS",
        "icans": "ICANS",
        "carhlh": "HLH-like toxicity",
        "thrombocytopenia": "Prolonged refractory thrombocytopenia",
        "late_systemic": "Late isolated systemic toxicity",
        "tian": "TIAN",
        "prophylaxis": "Prevention of toxicity",
        "steroid_sparing": "To spare steroid",
        "tocilizumab_sparing": "To spare tocilizumab",
        "other": "Other",
    },
)

LINES = CodeList(
    "lines",
    {
        "first": "First line, alone",
        "with_steroid": "Together with steroid",
        "with_tocilizumab": "Together with tocilizumab",
        "after_tocilizumab": "After tocilizumab",
        "after_steroid": "After steroid",
        "after_tocilizumab_and_steroid": "After tocilizumab and steroid",
        "later": "Later than these",
        "prophylaxis": "Before any toxicity",
    },
)

WEAN_ORDERS = CodeList(
    "wean_orders",
    {
        "alone": "It was the only agent",
        "first": "Before the others",
        "middle": "Between the others",
        "last": "After the others",
        "together": "Together with another",
    },
)

OXYGEN_MODES = CodeList(
    "oxygen_modes",
    {
        "room_air": "Room air",
        "blow_by": "Blow-by",
        "nasal_cannula": "Nasal cannula (low flow)",
        "high_flow": "High-flow nasal cannula",
        "face_mask": "Face mask",
        "venturi": "Venturi mask",
        "non_rebreather": "Non-rebreather mask",
        "cpap": "CPAP",
        "bipap": "BiPAP",
        "invasive": "Invasive ventilation",
        "ecmo": "ECMO",
    },
)

DISEASE_GROUPS = CodeList(
    "disease_groups",
    {
        "b_all": "B-cell acute lymphoblastic leukemia",
        "t_all": "T-cell acute lymphoblastic leukemia",
        "aml": "Acute myeloid leukemia",
        "lymphoma": "Lymphoma",
        "myeloma": "Multiple myeloma",
        "solid": "Solid tumor outside the CNS",
        "cns": "CNS tumor",
        "autoimmune": "Autoimmune disease",
        "other": "Other disease",
    },
)

LEUKEMIAS = ("b_all", "t_all", "aml")

ANTIGENS = CodeList(
    "antigens",
    {
        "cd19": "CD19",
        "cd22": "CD22",
        "bcma": "BCMA",
        "gd2": "GD2",
        "cd7": "CD7",
        "cd5": "CD5",
        "cd30": "CD30",
        "cd33": "CD33",
        "cd123": "CD123",
        "b7h3": "B7-H3 (CD276)",
        "her2": "HER2",
        "il13ra2": "IL-13Ra2",
        "other": "Other antigen",
    },
)

DISEASE_BURDENS = CodeList(
    "disease_burdens",
    {
        "none": "No detectable disease (MRD negative)",
        "mrd_only": "MRD positive only (under 5 % blasts)",
        "low": "5 to under 25 % marrow blasts",
        "high": "25 % marrow blasts or more",
        "extramedullary": "Extramedullary disease only",
        "measurable": "Measurable tumor (lymphoma, solid, CNS)",
    },
)

CNS_STATUSES = CodeList(
    "cns_statuses",
    {
        "cns1": "CNS1: no blasts in the fluid",
        "cns2": "CNS2: fewer than 5 cells/uL, blasts present",
        "cns3": "CNS3: 5 cells/uL or more with blasts, or clinical signs",
    },
)

IMMUNOSUPPRESSANTS = CodeList(
    "immunosuppressants",
    {
        "none": "None of these",
        "anakinra": "Anakinra",
        "tocilizumab": "Tocilizumab",
        "siltuximab": "Siltuximab",
        "steroid": "Systemic steroid",
        "ruxolitinib": "Ruxolitinib or another JAK inhibitor",
        "emapalumab": "Emapalumab",
        "tnf_blocker": "Etanercept or another TNF blocker",
        "chemotherapy": "Etoposide, cyclophosphamide or other chemotherapy",
        "other": "Other immunosuppressant",
    },
)

CAUSALITIES = CodeList(
    "causalities",
    {
        "unrelated": "Unrelated",
        "unlikely": "Unlikely",
        "possible": "Possible",
        "probable": "Probable",
        "definite": "Definite",
    },
)

DRUG_FREQUENCIES = CodeList(
    "drug_frequencies",
    {
        "once": "Once",
        "q4h": "Every 4 hours",
        "q6h": "Every 6 hours",
        "q8h": "Every 8 hours",
        "q12h": "Every 12 hours",
        "q24h": "Once a day",
        "q48h": "Every 48 hours",
        "twice_weekly": "Twice a week",
        "weekly": "Once a week",
        "continuous": "Continuous infusion",
        "as_needed": "As needed",
    },
)

MRD_METHODS = CodeList(
    "mrd_methods",
    {"flow": "Flow cytometry", "pcr": "PCR of gene rearrangements", "ngs": "Next-generation sequencing"},
)

SAMPLES = CodeList("samples", {"marrow": "Bone marrow", "blood": "Blood", "csf": "Cerebrospinal fluid"})
