# The worker of partner-sync: `node worker.ts`, configured by the variables of .env.example.
FROM node:24.21.0-bookworm-slim

# Root certificates for TLS to Temporal and to the CRMs.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /app
ENV NODE_ENV=production

COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY . .

# The home folder holds the token and, in a volume, backups; the store is in PostgreSQL (DATABASE_URL).
RUN install -d -m 700 -o node -g node /home/node/partner-sync /home/node/partner-sync/backups
ENV PARTNER_SYNC_HOME=/home/node/partner-sync PARTNER_SYNC_HOST=0.0.0.0
USER node

# What the first start would make, two thirds of its work: read only afterwards.
ENV XDG_CACHE_HOME=/home/node/.cache NODE_COMPILE_CACHE=/home/node/.cache/node
RUN node worker/prebuild.ts

EXPOSE 7788
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PARTNER_SYNC_PORT || 7788}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "worker.ts"]
