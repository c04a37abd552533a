// Values as people read them, the same as on the command line.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A length as minutes and seconds, such as 6:05; "" where it is not known. */
export function minutes(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const whole = Math.max(0, Math.round(seconds));
  const rest = String(whole % 60).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}:${rest}`;
  return `${Math.floor(whole / 3600)}:${String(Math.floor(whole / 60) % 60).padStart(2, "0")}:${rest}`;
}

/** A share from 0 to 1 as per cent, such as 93 %; what is not quite nothing or all is "< 1 %" or "> 99 %". */
export function percent(share) {
  if (!Number.isFinite(share)) return "";
  if (share > 0 && share < 0.005) return "< 1\u202f%";
  if (share >= 0.995 && share < 1) return "> 99\u202f%";
  return `${Math.round(100 * share)}\u202f%`;
}

/** A track's tempo: ~ before an estimate, ? after one of little confidence. */
export function bpm(track) {
  if (!Number.isFinite(track.bpm)) return "";
  return marked(String(Math.round(track.bpm * 10) / 10), track.bpm_estimated, track.doubtful?.includes("bpm"));
}

/** A track's key in Camelot notation, marked as the tempo is. */
export function key(track) {
  return track.key ? marked(track.key, track.key_estimated, track.doubtful?.includes("key")) : "";
}

function marked(text, estimated, doubtful) {
  return estimated ? `~${text}${doubtful ? "?" : ""}` : text;
}

/** A day, such as 3 Apr 2024, from an ISO date or time; what is no date comes back as it is. */
export function date(iso) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso ?? "");
  return parts ? `${Number(parts[3])} ${MONTHS[parts[2] - 1]} ${parts[1]}` : (iso ?? "");
}

/** How long ago a time was, such as "4 minutes ago"; a day where it is more than a week. */
export function ago(iso, now = Date.now()) {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 45) return "just now";
  for (const [unit, size] of [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ]) {
    if (seconds >= 7 * 86400) return date(iso);
    if (seconds >= size || unit === "minute") return `${count(Math.max(1, Math.round(seconds / size)), unit)} ago`;
  }
  return date(iso);
}

/** A number with its noun, such as "1 track" and "1,204 tracks". */
export function count(number, noun, plural = `${noun}s`) {
  return `${whole(number)} ${number === 1 ? noun : plural}`;
}

/** A whole number with its thousands set apart. */
export function whole(number) {
  return Math.round(number).toLocaleString("en");
}

/** A track's title with its mix: what tells it from others by the same artists. Its whole name where it has no title. */
export const titleWithMix = (track) =>
  track.title ? `${track.title}${track.mix ? ` (${track.mix})` : ""}` : track.display;

/** How alike two sounds are, from −1 to 1, with two places. */
export function likeness(cosine) {
  const text = cosine.toFixed(2);
  return text === "-0.00" ? "0.00" : text.replace("-", "−");
}

/** A sentence of the server with its signs as they are set: a true minus, and no line broken before a per cent sign. */
export const typeset = (text) =>
  text
    .replace(/(^|[\s(])-0(?![\d.])/g, "$10")
    .replace(/(^|[\s(])-(?=\d)/g, "$1−")
    .replace(/(\d) %/g, "$1\u202f%");
