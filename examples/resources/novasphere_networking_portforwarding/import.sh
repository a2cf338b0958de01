terraform import novasphere_networking_portforwarding.ssh 8f1e3c52-90a7-4a0e-8d4b-6e1f2c3a4b5d/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f
