FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY . .
RUN npm ci --ignore-scripts --no-audit --no-fund && npm run build

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=build /build/dist ./dist
# A volume that is mounted here takes over the owner.
RUN mkdir /var/lib/rc-mcp && chown node:node /var/lib/rc-mcp
USER node
EXPOSE 8800
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8800/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli.js"]
# Outside loopback it wants keys or OAuth (docs/http.md), and says so.
CMD ["serve", "--http", "0.0.0.0:8800"]
