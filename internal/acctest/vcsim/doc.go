// Package vcsim is a vCenter to test against: govmomi's simulator behind TLS, with an OpenStack-shaped inventory.
//
// The simulator accepts much that a real vCenter refuses, and drops part of what it is told. Unless
// Options.Unmodified asks for it as it is, this package puts rules in front of it: a clone that honours its whole
// specification, names that are unique in their folder, guests that report addresses, bad arguments that are faults.
// Each file holds one of those rules and says what the real thing does.
//
// A guest reports everything as soon as it runs, unless the extraConfig of its machine or template says otherwise:
// SilentGuest, LateGuest and PlainGuest.
//
// Nothing here speaks to anything but the loopback interface, and nothing survives Close.
package vcsim
