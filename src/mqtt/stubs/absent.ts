/** Stands in for parts of MQTT.js that this extension never uses: WebSocket, SOCKS and browser timers. */
export {};
