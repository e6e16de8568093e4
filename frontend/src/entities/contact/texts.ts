/** Changing and deleting one contact. */

export const texts = {
  address: "Address",
  addressStays: "It has entered the campaign: its address stays.",
  cleared: "An empty field removes the attribute.",
  newName: "Another attribute",
  newValue: "Its value",
  changeVerb: "Change the contact",
  changeAllTheSame: "Change it all the same",
  changed: (email: string) => `${email} was changed`,
  changeTitle: (email: string) => `Change ${email}`,
  deleteVerb: "Delete the contact",
  deleteTitle: (email: string) => `Delete ${email}?`,
  deleted: (email: string) => `${email} was deleted`,
  deleteBefore: "It does not enter the campaign.",
  deleteUnderWay:
    "It is on its way through the campaign. Deleting it ends that, and it gets no more e-mails. What was sent stays in the counts and in the history of its lead.",
  deleteAfter: "Its lead has ended. What was sent stays in the counts and in its history.",
  deleteFailed:
    "Its lead has failed and stays, and may be retried. What was sent stays in the counts and in its history.",
  deleteForGood:
    "This cannot be undone. If the address is imported again, it enters the campaign from the start.",
  changeUnderWay:
    "This contact is on its way through the campaign. Its e-mails, waits and conditions go on with the values with which it entered, and do not see the change.",
  leaveIt: "Cancel",
  isGone: "This contact was deleted.",
};
