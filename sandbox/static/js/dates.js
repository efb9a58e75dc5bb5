// Times in a named zone. Instants are Dates; a "day number" counts days since 1970 in that zone.

const formatters = new Map();

function format(zone, options, instant) {
  const id = `${zone}|${JSON.stringify(options)}`;
  if (!formatters.has(id)) formatters.set(id, new Intl.DateTimeFormat('en-US', { timeZone: zone, ...options }));
  return formatters.get(id).format(instant);
}

const two = (number) => String(number).padStart(2, '0');

/** Year, month (1–12), day, hour, minute, second and weekday (0 = Sunday) of an instant in a zone. */
export function parts(instant, zone) {
  const text = format(
    zone,
    { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' },
    instant,
  );
  const [month, day, year, hour, minute, second] = text.match(/\d+/g).map(Number);
  return { year, month, day, hour, minute, second, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() };
}

export function dayNumber(instant, zone) {
  const { year, month, day } = parts(instant, zone);
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

/** The date of an instant in a zone, as YYYY-MM-DD. */
export function isoDate(instant, zone) {
  const { year, month, day } = parts(instant, zone);
  return `${year}-${two(month)}-${two(day)}`;
}

/** The wall clock of an instant in a zone, as HH:MM (24 hours). */
export function wallTime(instant, zone) {
  const { hour, minute } = parts(instant, zone);
  return `${two(hour)}:${two(minute)}`;
}

/** The instant at which the zone's clocks show that date and time. A time inside a gap counts from before the jump. */
export function fromWall(date, time, zone) {
  const wanted = Date.parse(`${date}T${time}:00Z`);
  const shown = (instant) => {
    const p = parts(new Date(instant), zone);
    return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second);
  };
  let guess = wanted - (shown(wanted) - wanted);
  guess -= shown(guess) - wanted;
  return new Date(guess);
}

/** People in the Americas read a 12-hour clock, others a 24-hour one: Slack's own defaults by region. */
export function twelveHours(zone) {
  return /^(America|US|Canada|Australia|Pacific\/(Auckland|Honolulu))/.test(zone);
}

/** The time of day: "14:05", or "2:05 PM" where that is usual. */
export function time(instant, zone, seconds = false) {
  const options = { hour: 'numeric', minute: '2-digit', ...(seconds && { second: '2-digit' }) };
  if (twelveHours(zone)) return format(zone, { ...options, hour12: true }, instant).replace(/\u202f/g, ' ');
  return format(zone, { ...options, hour: '2-digit', hourCycle: 'h23' }, instant);
}

export const monthName = (instant, zone, style = 'long') => format(zone, { month: style }, instant);
export const weekdayName = (instant, zone, style = 'long') => format(zone, { weekday: style }, instant);

/** The zone's last part, readable: "Europe/Madrid" is "Madrid". */
export const zoneCity = (zone) => zone.split('/').at(-1).replaceAll('_', ' ');

/** The zone's short name at that instant, e.g. "CET" or "GMT+1". */
export const zoneName = (instant, zone) =>
  format(zone, { timeZoneName: 'short', hour: 'numeric' }, instant).split(/\s/).at(-1);

/** "Monday 23 November". */
export const dateWords = (instant, zone) => `${weekdayName(instant, zone)} ${parts(instant, zone).day} ${monthName(instant, zone)}`;

export function ordinal(day) {
  if (day % 100 >= 11 && day % 100 <= 13) return `${day}th`;
  return `${day}${{ 1: 'st', 2: 'nd', 3: 'rd' }[day % 10] ?? 'th'}`;
}

function relativeDay(instant, now, zone) {
  const days = dayNumber(instant, zone) - dayNumber(now, zone);
  return { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' }[days];
}

/** "5 minutes ago", "in 2 days", as Slack's {ago}. */
export function ago(instant, now) {
  const seconds = Math.round((instant - now) / 1000);
  const size = Math.abs(seconds);
  const [unit, length] = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3600], ['minute', 60]]
    .find(([, least]) => size >= least) ?? ['second', 1];
  const count = Math.floor(size / length);
  if (unit === 'second' && count < 5) return 'just now';
  const phrase = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return seconds < 0 ? `${phrase} ago` : `in ${phrase}`;
}

/** Slack leaves out the year of a date less than about six months away. */
function yearFor(instant, now, zone) {
  const days = Math.abs(dayNumber(instant, zone) - dayNumber(now, zone));
  return days < 183 ? '' : `, ${parts(instant, zone).year}`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** The text of Slack's `<!date^…>`: `template` with its {tokens} filled in for a reader in `zone`, at the moment `now`. */
export function slackDate(instant, template, zone, now) {
  const { day } = parts(instant, zone);
  const dates = {
    date: () => `${monthName(instant, zone)} ${ordinal(day)}${yearFor(instant, now, zone)}`,
    date_short: () => `${monthName(instant, zone, 'short')} ${day}${yearFor(instant, now, zone)}`,
    date_long: () => `${weekdayName(instant, zone)}, ${monthName(instant, zone)} ${ordinal(day)}${yearFor(instant, now, zone)}`,
    date_long_full: () => `${monthName(instant, zone)} ${day}, ${parts(instant, zone).year}`,
    date_num: () => isoDate(instant, zone),
    date_slash: () => isoDate(instant, zone).split('-').reverse().join('/'),
    time: () => time(instant, zone),
    time_secs: () => time(instant, zone, true),
    ago: () => ago(instant, now),
    day_divider_pretty: () => relativeDay(instant, now, zone) ?? dates.date_long(),
  };
  return template.replace(/\{(\w+)\}/g, (token, name, offset) => {
    if (dates[name]) return name === 'day_divider_pretty' && !offset ? capital(dates[name]()) : dates[name]();
    const plain = name.replace(/_pretty$/, '');
    if (plain === name || !dates[plain]) return token;
    const relative = relativeDay(instant, now, zone);
    return relative ? (offset ? relative : capital(relative)) : dates[plain]();
  });
}

/** A length of time in words: "30 min", "1 h 15 min". */
export function duration(from, to) {
  const minutes = Math.round((to - from) / 60_000);
  const hours = Math.floor(minutes / 60);
  return [hours && `${hours} h`, (minutes % 60 || !hours) && `${minutes % 60} min`].filter(Boolean).join(' ');
}
