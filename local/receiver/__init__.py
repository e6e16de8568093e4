"""Receives returned mail: bounces and complaints."""
