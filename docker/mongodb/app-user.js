// Run once by the image, when the volume is empty: the product's own user, that can read and write
// its one database and nothing else.
const { MONGO_USER, MONGO_PASSWORD } = process.env;

db.getSiblingDB("emailbuilder").createUser({
  user: MONGO_USER,
  pwd: MONGO_PASSWORD,
  roles: [{ role: "readWrite", db: "emailbuilder" }],
});
