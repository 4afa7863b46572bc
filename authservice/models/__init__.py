"""The tables of the service, one file each."""

from __future__ import annotations

from authservice.models.login_attempt import LoginAttempt
from authservice.models.session import Session
from authservice.models.user import User, UserRole
from authservice.models.user_activity import UserActivity
from authservice.models.user_notification import UserNotification
from authservice.models.user_notification_preferences import UserNotificationPreferences
from authservice.models.user_preferences import UserPreferences
from authservice.models.user_recovery_code import UserRecoveryCode

__all__ = [
    "LoginAttempt",
    "Session",
    "User",
    "UserActivity",
    "UserNotification",
    "UserNotificationPreferences",
    "UserPreferences",
    "UserRecoveryCode",
    "UserRole",
]
