# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole way of a certificate from Intune to the device, and what goes wrong on it below HTTP: TLS, TCP, names."""
