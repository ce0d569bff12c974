/* Which items a case report form asks, given the answers so far: the same rules as forms/branching.py.
   An answer is true, false, text, a list of codes, a number or {text, value} for a decimal; null when missing.
   Loaded before the page is drawn, so that the style sheet knows at once that scripts run. */
"use strict";
document.documentElement.classList.add("js");

const Branching = {
  /* Tell whether a condition holds for answers by item name. */
  holds(condition, answers) {
    let met;
    if (condition.all) met = condition.all.every((part) => Branching.holds(part, answers));
    else if (condition.any) met = condition.any.some((part) => Branching.holds(part, answers));
    else met = Branching.isMetBy(condition, answers[condition.item]);
    return met !== condition.not;
  },

  isMetBy(condition, answer) {
    const wanted = condition.in;
    if (answer === null || answer === undefined) return false;
    if (answer === false) return wanted.includes("no");
    if (wanted.length) {
      if (answer === true) return wanted.includes("yes");
      if (Array.isArray(answer)) return answer.some((code) => wanted.includes(code));
      return wanted.includes(typeof answer === "object" ? answer.text : String(answer));
    }
    if (condition.at_least !== null) {
      const number = typeof answer === "object" && !Array.isArray(answer) ? answer.value : answer;
      return (typeof number === "number" || number === true) && Number(number) >= condition.at_least;
    }
    return true;
  },

  /* Return the names of the items that are asked. `items` is in declared order, each {name, condition, answer}.
     An item that is not asked counts as unanswered for those after it. */
  asked(items) {
    const known = {};
    const shown = new Set();
    for (const { name, condition, answer } of items) {
      if (condition && !Branching.holds(condition, known)) continue;
      shown.add(name);
      known[name] = answer;
    }
    return shown;
  },
};

/* What is typed in a field, read as the item's kind; null for what the registry could not read. No item is asked by a
   measurement, with its sign and unit: a form that declares one does not import. */
const Reading = {
  number(text, decimals, digits) {
    const typed = text.trim();
    if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(typed)) return null;
    /* 2.400 is 2.4 to one reader and 2400 to another. */
    if (decimals < 3 && /^[+-]?[1-9]\d{0,2}\.\d\d0$/.test(typed)) return null;
    const [whole, fraction = ""] = typed.replace(/^[+-]/, "").split(".");
    const kept = fraction.replace(/0+$/, "");
    if (kept.length > decimals || whole.replace(/^0+/, "").length > digits) return null;
    const negative = typed.startsWith("-") && Number(typed) !== 0;
    const plain = (negative ? "-" : "") + (whole.replace(/^0+(?=\d)/, "") || "0");
    return { text: decimals ? `${plain}.${kept.padEnd(decimals, "0")}` : plain, value: Number(typed) };
  },

  date(text, { time, partial }) {
    const match = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::?(\d\d)|:(\d\d):00)?)?)?)?$/.exec(text.trim());
    if (!match) return null;
    const [, year, month, day, hour, plainMinute, fullMinute] = match;
    const minute = plainMinute ?? fullMinute;
    if (hour !== undefined && !time) return null;
    if (!partial && (day === undefined || (time && minute === undefined))) return null;
    if (Number(year) < 1 || (month !== undefined && (Number(month) < 1 || Number(month) > 12))) return null;
    if (day !== undefined && (Number(day) < 1 || Number(day) > Reading.lastDay(Number(year), Number(month)))) return null;
    if (Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59) return null;
    return text.trim();
  },

  lastDay(year, month) {
    const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
    return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  },
};
