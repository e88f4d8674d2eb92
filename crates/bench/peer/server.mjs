// The peer: better-auth with its organization plugin on better-sqlite3, with members put into its
// tables as it writes them itself.
//
// node server.mjs PORT DATABASE MEMBERS
import { createHmac } from "node:crypto";
import http from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { organization } from "better-auth/plugins";
import Database from "better-sqlite3";

const [port, file, membersArgument] = process.argv.slice(2);
const members = Number(membersArgument);
const strangers = 2000;
const origin = `http://127.0.0.1:${port}`;
const secret = "a-secret-for-measuring-that-guards-nothing";

const database = new Database(file);
// What Guildhall does: a commit is on the disk before it is answered.
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");

const options = {
  baseURL: origin,
  trustedOrigins: [origin],
  secret,
  database,
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [organization({ membershipLimit: Number.MAX_SAFE_INTEGER })],
};
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
const now = new Date().toISOString();
const later = new Date(Date.now() + 30 * 24 * 3600 * 1000).toISOString();
const id = (kind, number) => `${kind}${String(number).padStart(32 - kind.length, "0")}`;

const organizations = { empty: id("empty", 0), medium: id("medium", 0) };
fill();

// What a run left that failed.
database.prepare("DELETE FROM member WHERE userId >= ?").run(id("user", members));

function fill() {
  if (database.prepare("SELECT count(*) AS n FROM user").get().n > 0) return;
  const user = database.prepare(
    `INSERT INTO user (id, name, email, emailVerified, createdAt, updatedAt)
     VALUES (?, ?, ?, 1, ?, ?)`,
  );
  const member = database.prepare(
    `INSERT INTO member (id, organizationId, userId, role, createdAt) VALUES (?, ?, ?, ?, ?)`,
  );
  const made = database.prepare(
    `INSERT INTO organization (id, name, slug, createdAt) VALUES (?, ?, ?, ?)`,
  );
  database.transaction(() => {
    for (const [name, key] of Object.entries(organizations)) made.run(key, name, name, now);
    for (let number = 0; number < members + strangers; number++) {
      user.run(id("user", number), `Name ${number}`, `user${number}@example.com`, now, now);
      const role = number === 0 ? "owner" : "member";
      if (number < members) {
        member.run(id("member", number), organizations.medium, id("user", number), role, now);
      }
    }
    member.run(id("owner", 0), organizations.empty, id("user", 0), "owner", now);
    database
      .prepare(
        `INSERT INTO session (id, token, userId, expiresAt, createdAt, updatedAt)
         VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(id("session", 0), "token-of-the-owner", id("user", 0), later, now, now);
  })();
}

// Its cookies are signed.
const signature = createHmac("sha256", secret).update("token-of-the-owner").digest("base64");
const cookie = `better-auth.session_token=${encodeURIComponent(`token-of-the-owner.${signature}`)}`;
const ready = JSON.stringify({ organizations, cookie, origin, members, strangers });

const handler = toNodeHandler(auth);
http
  .createServer((request, response) => {
    if (request.url === "/ready") {
      response.setHeader("content-type", "application/json").end(ready);
    } else if (request.url === "/add-member") {
      // Adding a member is a call of the library, not a route: this is the route around it.
      let text = "";
      request.on("data", (part) => (text += part));
      request.on("end", async () => {
        let [status, answer] = [200, null];
        try {
          answer = await auth.api.addMember({ body: JSON.parse(text) });
        } catch (error) {
          [status, answer] = [500, { error: String(error) }];
        }
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(answer));
      });
    } else {
      handler(request, response);
    }
  })
  .listen(Number(port), "127.0.0.1");
