// SPDX-License-Identifier: MPL-2.0

// Package vcsim is a vCenter to test against: govmomi's simulator behind TLS, with an OpenStack-shaped inventory.
//
// The simulator accepts much that a real vCenter refuses, and drops part of what it is told. Unless
// Options.Unmodified asks for it as it is, this package puts rules in front of it: a clone that honours its whole
// specification, names that are unique in their folder, guests that report addresses, bad arguments that are faults.
// The rules lie in the rooms below, by what is simulated: accounts, automation, clusters, devices, disks, folders, guests, machines,
// switches, uploads. Each file holds one of them and tells what the real thing does.
//
// To add a rule, write a method with the name of the call on the receiver of its type, as machines.machineRules has CloneVMTask: package
// base tells how it is found. To follow a call, start with rules.route.
//
// A guest reports everything as soon as it runs, unless the extraConfig of its machine or template asks for something else:
// SilentGuest, LateGuest and PlainGuest.
//
// Nothing here speaks to anything but the loopback interface, and nothing survives Close.
package vcsim
