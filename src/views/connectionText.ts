/** A connection's state in words, for the tree, its spoken label and the status bar. */
import type { Application } from "../model/application";
import { isReadableOnTheWay } from "../stack/applicationSettings";
import { clockTime, duration } from "./times";
import { counted } from "../util/counted";

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
        ? tlsText(application)
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
  lines.push(
    `${counted(application.endDevices.size, "end device")}, ${counted(application.receivedCount, "message")}`,
  );
  lines.push(...lastMessageLine(application, now));
  if (application.undecodableCount > 0) lines.push(`${application.undecodableCount} not decodable`);
  if (application.shedCount > 0) {
    lines.push(`${application.shedCount} not shown: they came too fast`);
  }
  if (application.evictedCount > 0) {
    lines.push(`${application.evictedCount} no longer kept: newer ones took their place`);
  }
  if (application.forgottenDevices > 0) {
    lines.push(
      `${counted(application.forgottenDevices, "more end device is", "more end devices are")} not listed`,
    );
  }
  return lines;
}

/** Only what was proven: an attempt that failed may never have seen a certificate. */
function tlsText({ connection }: Application): string {
  return connection.phase === "connected" ? "TLS, certificate verified" : "TLS";
}

/** The age of the last message, none before the first (reliability R8). */
function lastMessageLine({ lastMessageAt: at }: Application, now: number): string[] {
  if (at === undefined) return [];
  return [`Last message ${clockTime(at).slice(0, 8)}, ${duration(now - at)} ago`];
}

/** For the status bar: the state, and how long ago the last message came. */
export function connectionSummary(application: Application, now: number): string {
  const text = `${application.label}: ${connectionText(application, now)}`;
  const at = application.lastMessageAt;
  const isSilent =
    application.connection.phase === "connected" && application.messagesPerMinute(now) === 0;
  // Who is silent is said to be so for how long.
  return at === undefined || isSilent ? text : `${text} · last message ${duration(now - at)} ago`;
}
