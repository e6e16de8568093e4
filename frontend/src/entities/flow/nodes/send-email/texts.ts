export const texts = {
  name: "Send e-mail",
  about: "One message to the contact",
  noText: "No text yet",
  titled: "Send ",
  title: "Send an e-mail",
  sent: "sent",
  failed: "failed",
  opened: "opened",
  clicked: "clicked",
  bounced: "came back",
  complained: "reported as spam",
};
