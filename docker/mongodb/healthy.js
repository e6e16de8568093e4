// Exits 0 where the server takes writes. A server that has a key and no replica set yet is new:
// then the set of one is made, and the next check finds it.
//
// While the image creates users, a server without a replica set runs on the same address; there
// logging in or making the set throws, and the check fails, as it should.
const { MONGO_INITDB_ROOT_USERNAME: user, MONGO_INITDB_ROOT_PASSWORD: password } = process.env;
const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
const options = "directConnection=true&serverSelectionTimeoutMS=3000";
const admin = new Mongo(`mongodb://${login}@127.0.0.1:27017/admin?${options}`).getDB("admin");

if (!admin.hello().setName) {
  const members = [{ _id: 0, host: "mongodb:27017" }];
  admin.adminCommand({ replSetInitiate: { _id: "rs0", members } });
}
quit(admin.hello().isWritablePrimary ? 0 : 1);
