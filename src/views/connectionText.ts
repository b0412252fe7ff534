/** A connection's state in words, for the tree, its spoken label and the status bar. */
import type { Application } from "../model/application";
import { isReadableOnTheWay } from "../stack/applicationSettings";
import { clockTime, duration } from "./times";

/** Short, for the row: `connected · 18/min`. */
export function connectionText(application: Application, now: number): string {
  const state = application.connection;
  switch (state.phase) {
    case "stopped":
      return "not connected";
    case "connecting":
      return state.attempt > 1 ? `connecting, attempt ${state.attempt}` : "connecting";
    case "connected": {
      const last = application.lastMessageAt;
      if (last === undefined) return "connected · waiting for the first message";
      const rate = application.messagesPerMinute(now);
      return rate > 0
        ? `connected · ${rate}/min`
        : `connected · silent for ${duration(now - last)}`;
    }
    case "waiting":
      return `${state.failure.reason} · next attempt in ${duration(state.until - now)}`;
    case "failed":
      return state.failure.reason;
  }
}

/** One word that stands in `contextValue` and is matched by menus. */
export function connectionWord(application: Application): "stopped" | "live" | "trying" | "failed" {
  switch (application.connection.phase) {
    case "stopped":
      return "stopped";
    case "connected":
      return "live";
    case "connecting":
    case "waiting":
      return "trying";
    case "failed":
      return "failed";
  }
}

/** Lines for the tooltip. */
export function connectionDetails(application: Application, now: number): string[] {
  const { settings } = application;
  const lines = [
    `${settings.application} on ${settings.host}:${settings.port}`,
    application.isDemo
      ? "Demo network: simulated inside this window"
      : settings.security === "tls"
        ? "TLS, certificate verified"
        : isReadableOnTheWay(settings)
          ? "PLAINTEXT: the API key and all data travel readable"
          : "Without TLS, on this machine",
    connectionText(application, now),
  ];
  if (settings.subscribe) lines.push(`Subscribed only to ${settings.subscribe.join(", ")}`);
  const state = application.connection;
  if (state.phase === "failed" || state.phase === "waiting") lines.push(state.failure.advice);
  if (state.phase === "connected")
    lines.push(`Connected since ${clockTime(state.since).slice(0, 8)}`);
  lines.push(`${application.endDevices.size} end devices, ${application.receivedCount} messages`);
  if (application.undecodableCount > 0) lines.push(`${application.undecodableCount} not decodable`);
  if (application.shedCount > 0) {
    lines.push(`${application.shedCount} not shown: they came too fast`);
  }
  if (application.forgottenDevices > 0) {
    lines.push(`${application.forgottenDevices} more end devices are not listed`);
  }
  return lines;
}
